// A button that copies a command. Without scripts a command is selected by hand.
for (const block of document.querySelectorAll("pre")) {
  const text = block.textContent.trim();
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Only pages over TLS and on loopback may write to the clipboard.
      getSelection().selectAllChildren(block.querySelector("code") ?? block);
      button.textContent = "Selected";
    }
  });
  block.prepend(button);
}
