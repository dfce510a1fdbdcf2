"""The pure core: no I/O, no clock, no LangChain, DSPy or Chroma."""
