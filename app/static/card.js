// What a card can do where scripts run: be copied, shared and printed with its labels, and be judged by a tap.
(() => {
  "use strict";

  document.documentElement.classList.add("with-script");

  const base = new URL("../", document.currentScript.src); // the server may stand below a path

  const words = (element) => (element ? element.textContent.replace(/\s+/g, " ").trim() : "");
  const lines = (card, selector) => [...card.querySelectorAll(selector)].map(words).filter(Boolean);

  const passage = (element) => {
    const label = words(element.querySelector(".label summary"));
    const text = words(element.querySelector(".passage-text"));
    const about = words(element.querySelector(".about"));
    const links = [...element.querySelectorAll(".source a")].map((a) => `${words(a)} ${a.href}`);
    return [`[${label}] ${text}`, about, ...links].filter(Boolean).join("\n  ");
  };

  // Everything that goes with a card wherever its text goes: verdict, certainty, labels, date, link.
  const asText = (card) =>
    [
      words(card.querySelector(".card-title")),
      ...lines(card, ".judgement > div"),
      ...lines(card, ".in-short p"),
      ...[...card.querySelectorAll(".passage")].map(passage),
      ...lines(card, ".card-foot > p:not(.actions, .feedback)"),
      card.querySelector(".permanent").href,
    ].join("\n\n");

  const cardOf = (element) => element.closest(".card");
  const flash = (element) => {
    element.classList.add("done");
    setTimeout(() => element.classList.remove("done"), 4000);
  };

  const copy = async (card) => {
    const text = asText(card);
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    flash(card.querySelector(".copied"));
  };

  const judge = async (button) => {
    const card = cardOf(button);
    const id = [...card.classList].find((name) => name.startsWith("card-id-")).slice("card-id-".length);
    const kind = [...button.classList].find((name) => /^feedback-(?!button)/.test(name)).slice("feedback-".length);
    await fetch(new URL("api/feedback", base), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ card: id, kind }),
    });
    card.querySelector(".feedback").classList.add("done");
  };

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.more:not([open])")];
    opened.forEach((details) => (details.open = true));
  });
  addEventListener("afterprint", () => opened.forEach((details) => (details.open = false)));

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".copy")) copy(cardOf(button));
    if (button.matches(".share")) {
      const card = cardOf(button);
      const link = { title: words(card.querySelector(".card-title")), url: card.querySelector(".permanent").href };
      if (navigator.share) navigator.share(link).catch(() => {});
      else copy(card);
    }
    if (button.matches(".print")) print();
    if (button.matches(".feedback-button")) judge(button);
  });
})();
