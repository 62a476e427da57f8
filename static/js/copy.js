// Shows the button beside a [data-copy] field and copies what is in it.
for (const element of document.querySelectorAll("[data-copy]")) {
  const field = element.querySelector("input");
  const button = element.querySelector("button");
  const said = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // without https there is no clipboard object
    }
    button.textContent = element.dataset.copied;
    setTimeout(() => { button.textContent = said; }, 2500);
  });
}
