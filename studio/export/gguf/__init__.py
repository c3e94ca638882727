"""GGUF: one file that llama.cpp, LM Studio and Ollama run, written layer by layer and read back."""
