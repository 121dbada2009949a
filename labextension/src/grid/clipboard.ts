/** Copies a text; throws a line for the person where the browser does not let it. */
export async function copyText(text: string): Promise<void> {
  const clipboard = navigator.clipboard as Clipboard | undefined; // absent where the page is not served securely
  try {
    if (clipboard === undefined) throw new Error('no clipboard');
    await clipboard.writeText(text);
  } catch {
    if (!copiedByField(text))
      throw new Error('The browser did not let the cells be copied. Export them to a file.');
  }
}

function copiedByField(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.style.cssText = 'position:fixed;opacity:0';
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return copied;
}
