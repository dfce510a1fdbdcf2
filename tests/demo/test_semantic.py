"""The semantic cache that the demo compares with does what such caches do."""

from stepcache_lc.demo.semantic import SemanticCache
from stepcache_lc.demo.workload import look_alikes
from stepcache_lc.embeddings import HashedEmbeddings, default_embeddings


def test_a_repeat_is_served_and_something_else_is_not() -> None:
    cache = SemanticCache(HashedEmbeddings())
    assert cache.lookup("Solve 2x = 4", "model") is None
    cache.update("Solve 2x = 4", "model", "x = 2")
    near = cache.lookup("Solve 2x = 4", "model")
    assert near is not None
    assert near.answer == "x = 2"
    assert near.similarity > 0.999
    assert cache.lookup("Write a poem about the sea", "model") is None


def test_other_settings_share_nothing() -> None:
    cache = SemanticCache(HashedEmbeddings())
    cache.update("Solve 2x = 4", "model, schema A", "x = 2")
    assert cache.lookup("Solve 2x = 4", "model, schema B") is None


def test_two_caches_share_nothing() -> None:
    SemanticCache(HashedEmbeddings()).update("Solve 2x = 4", "model", "x = 2")
    assert SemanticCache(HashedEmbeddings()).lookup("Solve 2x = 4", "model") is None


def test_the_nearest_answer_is_served_from_the_threshold_on() -> None:
    first, second = look_alikes()
    cache = SemanticCache(default_embeddings())
    cache.update(first.prompt, "model", "the first answer")
    near = cache.lookup(second.prompt, "model")
    assert near is not None
    assert near.answer == "the first answer"
    assert cache.threshold <= near.similarity < 0.999
    strict = SemanticCache(default_embeddings(), threshold=0.999)
    strict.update(first.prompt, "model", "the first answer")
    assert strict.lookup(second.prompt, "model") is None
