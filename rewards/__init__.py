"""The rewards that come with rlvr, found by name: `rlvr.get_reward("math.final_number")`.

| name | right when |
|---|---|
| `code.stdio`, `code.function`, `code.asserts`, `code.pytest` | the program passes the tests of its task |
| `code.efficiency` | it does, and takes no longer than a reference solution |
| `code.compiles`, `code.lint` | the program compiles; pyflakes finds nothing in it |
| `instructions.follow` | the answer follows the constraints of its prompt (IFEval's 25 checks) |
| `math.answer` | the final answer is what the reference says: number, formula, set, matrix, unit, text |
| `math.answer_strict` | the same, and it stands in a box, behind `####` or in answer tags |
| `math.choice` | the right letter of several choices is given, in any of sixty languages |
| `math.choice_strict` | the same, and it is marked as above |
| `math.final_number` | the last number of the answer equals the reference exactly |
| `math.final_number_strict` | the same, and it stands behind `####` or in a box |
| `mt.follow` | the translation follows verifiable instructions |
| `mt.preference`, `mt.error_spans` | what people say of translations is said: the better one, the errors |
| `mt.post_edit` | the edit is nearer to the reference than its draft |
| `text.exact` | the answer is the reference |
| `text.format` | reasoning is closed once, then comes one `<answer>` block and nothing else |
| `text.length` | the answer keeps to length limits |
| `text.last_word` | the answer ends in the reference |
| `text.repetition` | the answer does not repeat itself |

A folder is a domain, a module is a reward (or two that share their code), and importing a module registers it. What a
reward expects in a task's `reference` and `data` stands in its docstring.
"""
