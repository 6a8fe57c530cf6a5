"""All rules in three lists, and the passes that run them: over a whole corpus, or over what changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from index.check import dates, form, identifiers, numbers, people, plain, references, verdicts
from index.folder import Folder
from index.records import Problem

Rule = Callable[[Folder], Iterator[Problem]]

# Each judges an entry by itself and by the lists.
ALONE: tuple[Rule, ...] = (
    form.keys_are_known,
    form.required_keys_are_there,
    form.values_have_their_form,
    form.sections_are_known,
    form.required_sections_are_there,
    form.ids_are_slugs,
    identifiers.identifiers_are_well_formed,
    identifiers.identifiers_agree,
    references.tags_are_in_their_lists,
    references.labels_fit_their_sources,
    references.known_facts_cite_their_card_s_sources,
    verdicts.verdict_needs_are_in_their_lists,
    dates.next_reviews_are_near,
    dates.retraction_checks_are_dated,
    numbers.figures_have_an_anatomy,
    plain.passages_are_short,
    plain.in_short_is_plain,
    plain.cards_are_plain,
    plain.words_neither_sell_nor_scare,
    plain.jargon_is_in_the_glossary,
    plain.jargon_is_explained_where_it_stands,
    people.cards_have_enough_ways_people_ask,
)
# Each judges an entry by itself, by the lists, and by the entries that it is tied to as `ties` says.
TOGETHER: tuple[Rule, ...] = (
    identifiers.sources_stand_once,
    references.ids_stand_once,
    references.cards_cite_known_sources,
    references.cited_sources_have_a_passage,
    references.passages_name_known_cards,
    references.related_cards_exist,
    verdicts.verdicts_rest_on_sources,
    verdicts.cards_do_not_rest_on_sellers_alone,
    verdicts.counter_evidence_is_cited,
    dates.cards_are_reviewed_after_their_sources_were_read,
    numbers.numbers_stand_in_the_facts,
    numbers.number_words_stand_in_the_facts,
    numbers.numbers_beside_the_cards_are_held,
    numbers.exemptions_are_needed,
    people.ways_people_ask_stand_once,
)
# Each judges a list, by the ids of all entries and by the entries that the list is tied to.
BY_ALL: tuple[Rule, ...] = (
    references.examples_are_known_cards,
    references.golden_questions_name_known_cards,
    people.golden_questions_are_not_in_the_corpus,
)
RULES = (*ALONE, *TOGETHER, *BY_ALL)


def check_folder(folder: Folder) -> tuple[Problem, ...]:
    """Run every rule and return all Problems in order of path and line.

    A file that could not be read at all is reported once, not again by each rule.
    """
    return _in_order(folder, (problem for rule in RULES for problem in rule(folder)))


def check_part(alone: Folder, together: Folder, whole: Folder, judged: Collection[str]) -> tuple[Problem, ...]:
    """Return what check_folder would, where nothing but the `judged` files can have a Problem.

    `alone` holds those that are to be judged by themselves, `together` all that are judged and
    what they are tied to, `whole` at least the id of every entry.
    """
    problems = [problem for rule in ALONE for problem in rule(alone)]
    problems += (problem for rule in TOGETHER for problem in rule(together))
    by_all = [problem for rule in BY_ALL for problem in rule(whole)]
    return _in_order(whole, (*(problem for problem in problems if problem.path in judged), *by_all))


def _in_order(folder: Folder, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    unread = {problem.path for problem in folder.problems}
    unique = dict.fromkeys((*folder.problems, *(problem for problem in problems if problem.path not in unread)))
    return tuple(sorted(unique, key=lambda p: (p.path, p.line, p.message)))
