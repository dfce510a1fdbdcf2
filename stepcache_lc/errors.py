"""All errors that this package raises.

StepCacheError
|-- ConfigurationError (also ValueError)   an argument is wrong; the message names it and the mend
|-- StoreError                             the store cannot be opened or used
|   |-- StoreUnavailable                   no server there, no such path, not writable
|   |-- StoreLocked                        another process has the path open
|   `-- StoreMismatch                      filled by another embedding or another version
|-- MergeError                             a patch reply does not fit the answer
|   `-- Conflict                           the model says that the kept values cannot stand
`-- MissingExtra (also ImportError)        an optional dependency is not installed
"""


class StepCacheError(Exception):
    """Base of all errors of this package."""


class ConfigurationError(StepCacheError, ValueError):
    """An argument is wrong; the message names the argument and says how to mend it."""


class StoreError(StepCacheError):
    """The store cannot be opened or used."""


class StoreUnavailable(StoreError):
    """There is no usable store at that place."""


class StoreLocked(StoreError):
    """Another process has this embedded store open."""


class StoreMismatch(StoreError):
    """The store was filled by another embedding or another version of this package."""


class MergeError(StepCacheError):
    """A patch reply does not fit the answer that it should mend."""


class Conflict(MergeError):
    """The model reports that the kept values cannot stand with the new ones: the whole is asked for again."""


class MissingExtra(StepCacheError, ImportError):
    """An optional dependency is not installed; the message names the extra."""
