"""`python -m stepcache_lc.demo`: the cache in front of a real language model, judged by independent checks.

With `--json` the totals are one JSON object on stdout, and all else goes to stderr.

Exit codes: 0 everything served from the cache was right, 1 something was not, 2 the demo could not run, 4 an extra is
not installed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from langchain_core.language_models import BaseChatModel
from rich.console import Console
from rich.text import Text

from stepcache_lc.demo import screens
from stepcache_lc.demo.server import MODEL_NAME, local_model
from stepcache_lc.demo.totals import Totals, totals
from stepcache_lc.demo.workload import look_alikes, workload
from stepcache_lc.embeddings import default_embeddings
from stepcache_lc.errors import MissingExtra, StepCacheError

MAX_TOKENS = 192
"""Longest answer; the small model sometimes does not find an end."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit code."""
    options = _options(arguments)
    screen = screens.console(stderr=options.json)
    try:
        with _model(screen, options.base_url, options.model) as model:
            added, wrong = run(screen, model)
    except StepCacheError as error:
        screens.console(stderr=True).print(Text(f"stepcache: {error}", style="red"), soft_wrap=True)
        return 4 if isinstance(error, MissingExtra) else 2
    except KeyboardInterrupt:
        screen.print("stopped")
        return 130
    if options.json:
        print(json.dumps({"model": options.model or MODEL_NAME, **added.to_dict()}, indent=2))
    return 1 if wrong else 0


def run(screen: Console, model: BaseChatModel) -> tuple[Totals, bool]:
    """Ask everything of a model and show it.

    Returns:
        The totals, and whether anything was served wrongly, the two requests of the first screen included.
    """
    from stepcache_lc.demo.trial import Arms

    embeddings = default_embeddings()
    embeddings.embed_query("loads the weights before anything is timed")
    with closing(Arms(model, embeddings)) as arms:
        first, second = (arms.ask(asked) for asked in look_alikes())
    screens.show_look_alikes(screen, first, second)
    requests = workload()
    trials = []
    with closing(Arms(model, embeddings)) as arms, screens.ticking(screen, len(requests)) as ticker:
        for asked in requests:
            ticker.asking(asked.change)
            trials.append(arms.ask(asked))
            ticker.answered(trials[-1])
    screens.show_trials(screen, trials)
    added = totals(trials)
    screens.show_totals(screen, trials, added)
    return added, any(trial.wrongly_served for trial in (first, second, *trials))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stepcache_lc.demo", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--base-url", help="an OpenAI-compatible endpoint; default: a small model on this machine")
    parser.add_argument("--model", help="the model's name there")
    parser.add_argument("--json", action="store_true", help="print the totals as one JSON object")
    options = parser.parse_args(arguments)
    if (options.base_url is None) != (options.model is None):
        parser.error("--base-url and --model go together")
    return options


@contextmanager
def _model(screen: Console, base_url: str | None, name: str | None) -> Iterator[BaseChatModel]:
    """A chat model at the endpoint, or at a local server that runs as long as the block."""
    if base_url is not None and name is not None:
        yield _connected(base_url, name)
        return
    screen.print(Text(f"starting {MODEL_NAME} on this machine ...", style="dim"))
    with local_model() as url:
        yield _connected(url, MODEL_NAME)


def _connected(base_url: str, name: str) -> BaseChatModel:
    try:
        import openai
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise MissingExtra("the demo needs langchain-openai: pip install 'stepcache-lc[demo]'") from error
    model = ChatOpenAI(
        base_url=base_url,
        api_key=os.environ.get("OPENAI_API_KEY", "unused"),  # type: ignore[arg-type]  # pydantic makes it secret
        model=name,
        temperature=0,
        max_completion_tokens=MAX_TOKENS,
        max_retries=0,
    )
    try:
        model.invoke("Say hello.")
    except openai.OpenAIError as error:
        raise StepCacheError(f"no answer from {base_url} for the model {name!r}: {error}") from error
    return model


if __name__ == "__main__":
    sys.exit(main())
