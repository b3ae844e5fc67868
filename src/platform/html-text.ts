/** `text` in HTML, in text and in attributes with double quotes. What cannot be seen is for visible-text.ts. */
export function htmlText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
