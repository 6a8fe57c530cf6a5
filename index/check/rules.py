"""All rules in one list, and the pass that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from index.check import dates, form, identifiers, numbers, people, plain, references, verdicts
from index.folder import Folder
from index.records import Problem

RULES: tuple[Callable[[Folder], Iterator[Problem]], ...] = (
    form.keys_are_known,
    form.required_keys_are_there,
    form.values_have_their_form,
    form.sections_are_known,
    form.required_sections_are_there,
    form.ids_are_slugs,
    identifiers.identifiers_are_well_formed,
    identifiers.identifiers_agree,
    identifiers.sources_stand_once,
    references.ids_stand_once,
    references.tags_are_in_their_lists,
    references.labels_fit_their_sources,
    references.cards_cite_known_sources,
    references.cited_sources_have_a_passage,
    references.passages_name_known_cards,
    references.known_facts_cite_their_card_s_sources,
    references.related_cards_exist,
    references.golden_questions_name_known_cards,
    verdicts.verdict_needs_are_in_their_lists,
    verdicts.verdicts_rest_on_sources,
    verdicts.cards_do_not_rest_on_sellers_alone,
    verdicts.counter_evidence_is_cited,
    dates.next_reviews_are_near,
    dates.cards_are_reviewed_after_their_sources_were_read,
    dates.retraction_checks_are_dated,
    numbers.figures_have_an_anatomy,
    numbers.numbers_stand_in_the_facts,
    numbers.number_words_stand_in_the_facts,
    numbers.numbers_beside_the_cards_are_held,
    numbers.exemptions_are_needed,
    plain.passages_are_short,
    plain.in_short_is_plain,
    plain.cards_are_plain,
    plain.words_neither_sell_nor_scare,
    plain.jargon_is_in_the_glossary,
    plain.jargon_is_explained_where_it_stands,
    people.cards_have_enough_ways_people_ask,
    people.ways_people_ask_stand_once,
    people.golden_questions_are_not_in_the_corpus,
)


def check_folder(folder: Folder) -> tuple[Problem, ...]:
    """Run every rule and return all Problems in order of path and line.

    A file that could not be read at all is reported once, not again by each rule.
    """
    unread = {p.path for p in folder.problems}
    found = [p for rule in RULES for p in rule(folder) if p.path not in unread]
    unique = dict.fromkeys((*folder.problems, *found))
    return tuple(sorted(unique, key=lambda p: (p.path, p.line, p.message)))
