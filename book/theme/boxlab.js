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
  // Recordings: the player is fetched from beside the pages, when somebody wants it.
  let player;
  const load = () => player ??= new Promise((done, failed) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = `${path_to_root}player/asciinema-player.css`;
    const script = document.createElement("script");
    script.src = `${path_to_root}player/asciinema-player.min.js`;
    script.onload = done;
    script.onerror = failed;
    document.head.append(style, script);
  });
  for (const figure of document.querySelectorAll("figure.recording")) {
    const room = figure.querySelector(".player");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Play lesson ${figure.dataset.name}`;
    button.addEventListener("click", async () => {
      await load();
      const data = figure.querySelector("script").textContent;
      button.remove();
      const made = AsciinemaPlayer.create({ data }, room, { fit: "width", idleTimeLimit: 4 });
      made.play();
      room.querySelector(".ap-wrapper")?.focus();
      // In the player the arrows seek. The pages ask this before they turn themselves.
      const search = window.search ??= {};
      const asked = search.hasFocus;
      search.hasFocus = () => room.contains(document.activeElement) || Boolean(asked?.());
    });
    room.append(button);
  }
  // On paper nothing can be opened.
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("main details").forEach((it) => { it.open = true; });
  });
})();
