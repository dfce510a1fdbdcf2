"""The main job on a real local model: `make demo`, or `python -m stepcache_lc.demo --base-url URL --model NAME`.

Order of events: `server` starts the model, `workload` says what is asked, `trial` asks it of three arms (no cache,
`semantic`'s whole-response cache, StepCache), `screens` shows it and `totals` adds it up, `__main__` ties it up.
"""
