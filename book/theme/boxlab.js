// Questions: the first answer counts, the right one is shown with it, and the page says how it went.
// Without this script each option still opens and replies.
"use strict";
(() => {
  for (const quiz of document.querySelectorAll(".quiz")) {
    const options = [...quiz.querySelectorAll("details.option")];
    const status = quiz.querySelector(".given");
    let answered = false;
    for (const option of options) {
      option.addEventListener("toggle", () => {
        if (!option.open || answered) {
          return;
        }
        answered = true;
        const right = option.classList.contains("is-right");
        option.classList.add("chosen");
        quiz.classList.add("answered");
        options.filter((it) => it.classList.contains("is-right")).forEach((it) => { it.open = true; });
        const letter = option.querySelector(".letter").textContent;
        status.textContent = right ? `You predicted ${letter}, and so it was.` : `You predicted ${letter}, and it was not so.`;
        status.hidden = false;
      });
    }
  }
  // On paper nothing can be opened.
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("main details").forEach((it) => { it.open = true; });
  });
})();
