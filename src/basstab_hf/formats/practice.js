// The practice page: the player with the tab that lies in the page, and the button that copies the text.
"use strict";

const player = new Player(document.getElementById("player"), { remember: "basstab" });
player.show(JSON.parse(document.getElementById("data").textContent));

document.getElementById("copy").addEventListener("click", async ({ currentTarget: button }) => {
  const text = document.getElementById("text");
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch { // an old browser, or a page that may not: the text is selected, ready for Ctrl+C
    window.getSelection().selectAllChildren(text);
    if (!document.execCommand("copy")) return;
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});
