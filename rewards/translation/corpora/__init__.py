"""What corpora are filtered by, and in what words test sets ask: languages and lengths, apart from any reward."""
