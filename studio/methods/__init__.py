"""Ways to adapt a model, registered with PEFT."""

from studio.methods.lazy_compile import import_bitsandbytes

import_bitsandbytes()
