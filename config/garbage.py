"""Python's garbage collector, told what a server of this size needs."""

import gc


def spare_what_stays() -> None:
    """Keep the collector from what lives as long as the process. To be called once everything is imported.

    It would go through all modules, models and templates again and again: a tenth of the time of a page.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
