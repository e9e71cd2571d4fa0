"""What crosses between the tests' process and the program's: plain data, and handles on objects that stay at home."""
