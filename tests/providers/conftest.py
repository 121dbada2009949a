"""Every test that takes a ``subject`` runs over all of them; a gap is marked with what it raises."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import protocols
import pytest

SUBJECTS = [
    subject
    for module in pkgutil.iter_modules(protocols.__path__)
    for subject in import_module(f"protocols.{module.name}").SUBJECTS
]


def pytest_generate_tests(metafunc):
    if "subject" not in metafunc.fixturenames:
        return
    test = metafunc.function.__name__
    marks = [
        [pytest.mark.xfail(raises=subject.gaps[test], strict=True)] if test in subject.gaps else []
        for subject in SUBJECTS
    ]
    metafunc.parametrize(
        "subject",
        [pytest.param(subject, id=subject.name, marks=m) for subject, m in zip(SUBJECTS, marks, strict=True)],
    )
