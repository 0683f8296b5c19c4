/** Text as HTML. Every text of the page passes here, so none of it is read as markup. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text between tags or in a quoted attribute. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '')

/** A word of the API in its own type. */
export const code = (text: string): string => `<code>${escaped(text)}</code>`

/** The name of a place on the page. */
export const anchorOf = (kind: string, name: string): string =>
  `${kind}-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`
