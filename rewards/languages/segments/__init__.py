"""What a text is made of: words, sentences, numbers as written, and the forms that a word takes."""
