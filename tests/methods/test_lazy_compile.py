"""bitsandbytes is imported without torch's compiler, and its kernels are compiled all the same when they are called."""

from __future__ import annotations

import subprocess
import sys

from studio.methods import lazy_compile

PROGRAM = """
import sys
import studio.models.manifest, studio.training.checkpoint.resume_point
print("torch" in sys.modules)
import studio.training.session
print("peft" in sys.modules, "bitsandbytes" in sys.modules, "torch._inductor.compile_fx" in sys.modules)
"""


def test_that_a_worker_imports_torch_late_and_peft_and_bitsandbytes_without_the_compiler():
    said = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, encoding="utf-8")
    assert said.stdout.split() == ["False", "True", "True", "False"]


def test_that_a_function_is_compiled_once_at_its_first_call():
    asked = []

    def compiler(function, **options):
        asked.append(options)
        return lambda *arguments, **named: ("compiled", function(*arguments, **named))

    def double(x, *, plus=0):
        """Twice x."""
        return 2 * x + plus

    called = lazy_compile._later(compiler, double, dynamic=False)
    assert asked == []
    assert [called(3), called(4, plus=1)] == [("compiled", 6), ("compiled", 9)]
    assert asked == [{"dynamic": False}]
    assert called.__doc__ == "Twice x."
