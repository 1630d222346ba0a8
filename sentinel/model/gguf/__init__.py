"""GGUF, the one-file format of llama.cpp: what a Model folder says in it, written and read back."""
