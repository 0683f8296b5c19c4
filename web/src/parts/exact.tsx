/** Text to the letter: what would not be seen is marked, and what is copied is the text itself. */
import type { ClipboardEvent } from 'react'
import { exactPieces } from '../../../src/core/visible-text.ts'

/** The text in its line. A mark carries what it stands for, for `copyTrue`. */
export function Letters({ text }: { readonly text: string }) {
  return exactPieces(text).map(({ kind, text: shown, of }, index) => {
    // A text has its pieces for good.
    const key = `${index} ${shown}`
    if (kind === 'plain') return shown
    if (kind === 'turned') return <bdi key={key}>{shown}</bdi>
    return (
      <span key={key} className={`mark-${kind}`} data-true={of}>
        {shown}
      </span>
    )
  })
}

/** Puts the true text of what is selected inside an element on the clipboard. */
function copyTrue(event: ClipboardEvent<HTMLElement>): void {
  const selection = window.getSelection()
  if (selection === null || selection.rangeCount === 0) return
  const range = selection.getRangeAt(0)
  if (!event.currentTarget.contains(range.commonAncestorContainer)) return
  const chosen = range.cloneContents()
  for (const mark of chosen.querySelectorAll<HTMLElement>('[data-true]'))
    mark.textContent = mark.dataset.true ?? ''
  event.clipboardData.setData('text/plain', chosen.textContent ?? '')
  event.preventDefault()
}

/** A statement, a patch, a digest, JSON. It scrolls by keyboard too. */
export function Exact({ text, label }: { readonly text: string; readonly label: string }) {
  const hides = exactPieces(text).some(({ kind }) => kind === 'unseen')
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: text to the letter is pre */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (axe: scrollable-region-focusable) */}
      <pre className="exact" tabIndex={0} role="region" aria-label={label} onCopy={copyTrue}>
        <Letters text={text} />
      </pre>
      {hides && (
        <p className="call call-warning">
          It holds characters that are not seen, or look like blanks: each is marked by its number.
        </p>
      )}
    </>
  )
}
