"""Which questions are shown, and which answers can be taken."""

from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from events.kernel.errors import Invalid
from events.questions import editing
from events.questions.forms import document_of, read_form, read_question
from events.questions.queries import built_in
from events.questions.rules import Form, Kind
from events.questions.rules.answers import read_answers, shown
from tests.questions.forms import a_form, a_question, asking, only_if

NO_NUMBER = "This is not a telephone number. Write it with the code of the country, as +41 22 917 12 34."
YES_OR_NO = st.sampled_from(["yes", "no"])


def answers_to(form: Form, given: dict[str, Any], mode: str | None = "in_person") -> dict[str, tuple[str, ...]]:
    """What is kept; fails when something is refused."""
    answers, problems = read_answers(form.questions, given, modes=[mode] if mode else [])
    assert problems == []
    return {one.question.name: one.values for one in answers}


def problems_with(form: Form, given: dict[str, Any], mode: str | None = "in_person") -> dict[str, str]:
    _, problems = read_answers(form.questions, given, modes=[mode] if mode else [])
    return {problem.field: problem.message for problem in problems}


class TestWhatIsShown:
    def test_a_chain_closes_behind_a_hidden_question(self) -> None:
        form = a_form(
            a_question("yes_no", "travels"),
            a_question("yes_no", "visa", show_if=only_if("travels", "yes")),
            a_question("short_text", "passport", required=True, show_if=only_if("visa", "yes")),
        )
        said = {"visa": "yes", "passport": "X123"}
        assert answers_to(form, said | {"travels": "yes"}) == {
            "travels": ("yes",),
            "visa": ("yes",),
            "passport": ("X123",),
        }
        assert answers_to(form, said | {"travels": "no"}) == {"travels": ("no",)}

    def test_all_conditions_must_hold_and_any_of_their_values_does(self) -> None:
        form = a_form(
            a_question("multiple_choice", "meals"),
            a_question("short_text", "diet", show_if=[*only_if("meals", "a", "b"), *only_if("mode", "in_person")]),
        )

        def names(given: dict[str, list[str]]) -> list[str]:
            return [one.name for one in shown(form.questions, given)]

        assert names({"mode": ["in_person"], "meals": ["b", "c"]}) == ["meals", "diet"]
        assert names({"mode": ["in_person"], "meals": ["c"]}) == ["meals"]
        assert names({"mode": ["online"], "meals": ["a"]}) == ["meals"]

    @given(st.lists(YES_OR_NO | st.none(), min_size=2, max_size=8))
    def test_in_a_chain_exactly_what_follows_yes_without_a_gap_is_shown(self, said: list[str | None]) -> None:
        """Each question stands behind the one before it: the first that is not answered yes is the last to be seen."""
        names = [f"q{number}" for number in range(len(said))]
        questions = [
            a_question("yes_no", name, show_if=only_if(names[number - 1], "yes") if number else [])
            for number, name in enumerate(names)
        ]
        given_answers = {name: answer for name, answer in zip(names, said, strict=True) if answer}
        unbroken = next((number for number, answer in enumerate(said) if answer != "yes"), len(said) - 1) + 1
        form = a_form(*questions)
        seen = shown(form.questions, {name: [answer] for name, answer in given_answers.items()})
        assert [one.name for one in seen] == names[:unbroken]
        assert answers_to(form, given_answers).keys() == {name for name in names[:unbroken] if name in given_answers}

    @given(st.data())
    def test_what_is_hidden_is_neither_required_nor_kept(self, data: st.DataObject) -> None:
        """Whatever depends on whatever further up: what is kept is shown, what is missing is shown and required."""
        questions: list[dict[str, Any]] = []
        for number in range(data.draw(st.integers(1, 6))):
            above = [one["name"] for one in questions]
            source = data.draw(st.sampled_from([*above, None])) if above else None
            show_if = only_if(source, data.draw(YES_OR_NO)) if source else []
            questions.append(a_question("yes_no", f"q{number}", required=data.draw(st.booleans()), show_if=show_if))
        form = a_form(*questions)
        said = {one["name"]: data.draw(YES_OR_NO | st.none()) for one in questions}
        answers, problems = read_answers(form.questions, said, modes=[])
        seen = {one.name: one for one in shown(form.questions, {name: [v] for name, v in said.items() if v})}
        assert {one.question.name for one in answers} == {name for name in seen if said[name]}
        assert {problem.field for problem in problems} == {
            f"answers.{name}" for name, one in seen.items() if one.required and not said[name]
        }

    def test_a_condition_on_what_comes_later_is_refused(self) -> None:
        with pytest.raises(Invalid) as refused:
            a_form(a_question("yes_no", "first", show_if=only_if("second", "yes")), a_question("yes_no", "second"))
        assert [problem.field for problem in refused.value.problems] == ["sections.0.questions.0.show_if"]


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("short_text", "  Ana   Reyes ", "Ana Reyes"),
        ("long_text", "one\r\ntwo", "one\ntwo"),
        ("number", "1 234,50", "1234.5"),
        ("number", 12, "12"),
        ("number", "−1\u202f234,5", "-1234.5"),
        ("number", "١٢٫٥", "12.5"),
        ("number", "１２", "12"),
        ("date", "٢٠٢٧-٠٢-٠٥", "2027-02-05"),
        ("phone", "٠٠٤١ ٢٢ ٩١٧ ١٢ ٣٤", "+41 22 917 12 34"),
        ("date", "2027-02-05", "2027-02-05"),
        ("date", "5.2.2027", "2027-02-05"),
        ("yes_no", True, "yes"),
        ("country", "fr", "FR"),
        ("phone", "0041 22 917 12 34", "+41 22 917 12 34"),
        ("phone", "+33123456789", "+33 1 23 45 67 89"),
        ("email", "Ana@EXAMPLE.org", "Ana@example.org"),
        ("single_choice", "b", "b"),
        ("consent", "yes", "yes"),
    ],
)
def test_a_value_is_kept_in_one_way_of_writing(kind: str, said: object, kept: str) -> None:
    assert answers_to(a_form(a_question(kind, "it")), {"it": said}) == {"it": (kept,)}


@pytest.mark.parametrize(
    ("kind", "said", "why"),
    [
        ("number", "twelve", "This must be a number."),
        ("number", "9" * 40, "This must be a number."),
        ("number", "1e9", "This must be a number."),
        ("date", "2027-02-30", "This is not a date. Write it as 2027-02-05."),
        ("yes_no", "maybe", "Choose one of what is offered."),
        ("single_choice", "z", "Choose one of what is offered."),
        ("multiple_choice", ["a", "z"], "Choose one of what is offered."),
        ("single_choice", ["a", "b"], "Give one answer here."),
        ("country", "XX", "Choose a country of the list."),
        ("phone", "022 917 12 34", NO_NUMBER),
        ("email", "ana at example", "This is not an e-mail address. Write it as name@example.org."),
        ("short_text", "x" * 201, "Write at most {limit} characters."),
        ("short_text", "a\0b", "This contains a character that cannot be used."),
        ("consent", "", "Tick this to go on."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_in_words(kind: str, said: object, why: str) -> None:
    assert problems_with(a_form(a_question(kind, "it")), {"it": said}) == {"answers.it": why}


def test_bounds_hold_on_both_ends() -> None:
    form = a_form(
        a_question("number", "age", least="18", most="99"),
        a_question("date", "arrives", least="2027-02-01", most="2027-02-05"),
    )
    assert answers_to(form, {"age": "18", "arrives": "2027-02-05"}) == {"age": ("18",), "arrives": ("2027-02-05",)}
    assert set(problems_with(form, {"age": "17.9", "arrives": "2027-01-31"})) == {"answers.age", "answers.arrives"}
    assert set(problems_with(form, {"age": "100", "arrives": "2027-02-06"})) == {"answers.age", "answers.arrives"}


def test_every_problem_is_told_at_once() -> None:
    form = a_form(
        a_question("short_text", "post", required=True), a_question("number", "age"), a_question("consent", "agreed")
    )
    assert set(problems_with(form, {"age": "old", "shoe": "42"})) == {
        "answers.post", "answers.age", "answers.agreed", "answers.shoe"
    }  # fmt: skip


def test_several_choices_are_kept_once_and_in_the_order_of_the_form() -> None:
    form = a_form(a_question("multiple_choice", "it"))
    assert answers_to(form, {"it": ["c", "a", "a"]}) == {"it": ("a", "c")}


@given(st.sampled_from(Kind), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3), max_leaves=5,
))  # fmt: skip
def test_whatever_is_sent_is_taken_or_refused_in_words(kind: Kind, said: object) -> None:
    form = a_form(a_question(kind.value, "it"))
    answers, problems = read_answers(form.questions, {"it": said}, modes=[])
    assert len(answers) + len(problems) <= 1
    for one in answers:  # what was taken is taken again as it is kept
        assert answers_to(form, {"it": list(one.values)}) == {"it": one.values}


class TestEditing:
    def test_a_form_is_what_was_posted(self) -> None:
        for template in built_in().values():
            form = read_form({"sections": template["sections"]})
            assert read_form(document_of(form)) == form
            assert len(template["name"]) == 2

    def test_a_question_that_others_depend_on_stays_above_them(self) -> None:
        form = numbered(
            a_question("yes_no", "visa"), a_question("short_text", "passport", show_if=only_if("visa", "yes"))
        )
        for question, step in ((1, 1), (2, -1)):
            with pytest.raises(editing.Depends):
                editing.moved(form, question, step)
        with pytest.raises(editing.Depends):
            editing.retired(form, 1)
        assert [one.name for one in editing.retired(editing.retired(form, 2), 1).retired] == ["passport", "visa"]

    def test_a_question_moves_into_the_next_section_and_no_further(self) -> None:
        posted = [{"questions": [a_question("yes_no", "one")]}, {"questions": [a_question("yes_no", "two")]}]
        form = with_ids(read_form({"sections": posted}))
        down = editing.moved(form, 1, 1)
        assert [[one.name for one in section.questions] for section in down.sections] == [[], ["one", "two"]]
        assert editing.moved(editing.moved(down, 1, -1), 1, -1) == form

    def test_a_template_comes_back_whole_after_its_questions_were_removed(self) -> None:
        template = a_form(
            a_question("yes_no", "visa"), a_question("short_text", "passport", show_if=only_if("visa", "yes"))
        )
        form = with_ids(editing.joined(Form(), template))
        assert editing.joined(form, template) == form, "what is asked already is not asked twice"
        bare = editing.without_section(form, 1)
        again = editing.joined(bare, template)
        assert [(one.id, one.name) for one in again.questions] == [(1, "visa"), (2, "passport")]
        assert again.retired == ()
        one_gone = editing.retired(form, 2)
        assert [(one.id, one.name) for one in editing.joined(one_gone, template).questions] == [
            (1, "visa"), (2, "passport")
        ]  # fmt: skip

    def test_a_template_does_not_lean_on_a_question_that_only_has_the_same_name(self) -> None:
        template = a_form(
            a_question("yes_no", "visa"), a_question("short_text", "passport", show_if=only_if("visa", "yes"))
        )
        own = numbered(a_question("short_text", "visa"))
        joined = editing.joined(own, template)
        assert [one.name for one in joined.questions] == ["visa", "visa_2", "passport"]
        [condition] = list(joined.questions)[2].show_if
        assert (condition.question, condition.values) == ("visa_2", ("yes",))
        assert [one.name for one in editing.joined(with_ids(joined), template).questions] == [
            "visa", "visa_2", "passport"
        ]  # fmt: skip
        fewer = numbered(a_question("single_choice", "meal", choices=[{"key": "x", "label": {"en": "X"}}]))
        meals = a_form(a_question("single_choice", "meal"), a_question("note", "why", show_if=only_if("meal", "a")))
        assert [one.name for one in editing.joined(fewer, meals).questions] == ["meal", "meal_2", "why"]

    def test_a_name_is_made_of_the_label_and_never_twice(self) -> None:
        first = read_question({"kind": "short_text", "label": {"en": "Date of birth"}}, [], taken=())
        second = read_question({"kind": "short_text", "label": {"en": "Date of birth"}}, [], taken=[first.name])
        named = read_question({"kind": "yes_no", "label": {"zh": "出生日期"}}, [], taken=())
        assert (first.name, second.name, named.name) == ("date_of_birth", "date_of_birth_2", "yes_no")
        with pytest.raises(Invalid):
            read_question({"kind": "yes_no", "name": "mode", "label": {"en": "Mode"}}, [], taken=())

    def test_all_that_is_wrong_with_a_form_is_told_at_once(self) -> None:
        with pytest.raises(Invalid) as refused:
            read_form(asking(
                a_question("single_choice", "one", choices=[]),
                a_question("number", "two", least="9", most="1"),
                a_question("number", "two", label={}),
            ))  # fmt: skip
        assert [problem.field for problem in refused.value.problems] == [
            "sections.0.questions.0.choices", "sections.0.questions.1.most", "sections.0.questions.2.label",
        ]  # fmt: skip


def numbered(*questions: dict[str, Any]) -> Form:
    return with_ids(a_form(*questions))


def with_ids(form: Form) -> Form:
    """As if it were saved."""
    ids = count(1)
    return replace(form, sections=tuple(
        replace(section, questions=tuple(replace(one, id=next(ids)) for one in section.questions))
        for section in form.sections
    ))  # fmt: skip
