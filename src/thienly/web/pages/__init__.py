"""One module for each page: parse, call one service, render."""
