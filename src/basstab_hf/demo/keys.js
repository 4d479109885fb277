// Ctrl+Enter (on a Mac also Cmd+Enter) writes a tab, wherever the cursor is.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    document.querySelector("#generate")?.click();
  }
});
