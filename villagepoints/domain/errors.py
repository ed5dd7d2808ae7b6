"""What a rule says when it refuses: the sentence a person should read, with its values named."""

from typing import Self


class Msgid(str):
    """A text marked for translation; known as such even where it is a value inside another sentence."""

    __slots__ = ()


def N_(sentence: str) -> str:
    """Mark a sentence for translation and return it unchanged (the web translates it when it is shown)."""
    return Msgid(sentence)


class DomainError(Exception):
    """A refusal that changed nothing; `sentence` is a msgid with `%(name)s` places for `values`."""

    status = 422
    field = ""  # of a form, beside which the sentence is read

    def __init__(self, sentence: str, **values: object) -> None:
        self.sentence = sentence
        self.values = values
        super().__init__(sentence % values if values else sentence)

    def at(self, field: str) -> Self:
        """The same refusal, to be shown beside that field where the form has it."""
        self.field = field
        return self


class NotFound(DomainError):
    """Nothing by that name in this village, or not for the one who asks."""

    status = 404


class Refusal(DomainError):
    """It is there, but cannot be done: said beside what was typed. NotFound is none, and has a page of its own."""


class NotAllowed(Refusal):
    """The person may not do this."""

    status = 403


class Conflict(Refusal):
    """The thing has meanwhile become something else."""

    status = 409


class KeyReused(Conflict):
    """One request key came back with another request."""


class TooManyTries(Refusal):
    """Too many wrong guesses; later, not never."""

    status = 429


class NotEnoughPoints(Refusal):
    """A redemption would take the balance below zero."""


class OutOfStock(Refusal):
    """Fewer are left than asked for."""


class RuleBroken(Refusal):
    """The rule book does not allow this entry: cap, grade, unit, approval, document or persuasion."""


class AlreadyReversed(Conflict):
    """An entry is reversed once only."""


class BadInput(Refusal):
    """What was typed cannot be read as what was asked for."""
