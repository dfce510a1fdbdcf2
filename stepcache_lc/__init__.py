"""A verified, step-level response cache for LangChain and DSPy."""
