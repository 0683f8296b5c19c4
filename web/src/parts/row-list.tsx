/**
 * A list whose rows are links: j and k go through it, o or Enter opens, more rows come by a button. Where rows have a
 * box, x presses it, and X with all those between.
 */
import { Button } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { isTyping } from './typing.ts'

/** Rows, and how to get more of them. */
export function RowList({
  label,
  children,
  more,
  busy,
}: {
  readonly label: string
  readonly children: ReactNode
  /** Absent: there are no more. */
  readonly more?: (() => void) | undefined
  readonly busy?: boolean
}) {
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event)) obey(event, list.current)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  return (
    <>
      <ul className="rows" ref={list} aria-label={label}>
        {children}
      </ul>
      {more !== undefined && (
        <Button variant="default" mt="md" onClick={more} loading={busy ?? false}>
          Show more
        </Button>
      )}
    </>
  )
}

const STEPS: Readonly<Record<string, number>> = { j: 1, k: -1 }

function obey(event: KeyboardEvent, list: HTMLUListElement | null): void {
  const links = [...(list?.querySelectorAll<HTMLAnchorElement>('a.row') ?? [])]
  const at = links.findIndex((link) => link.matches(':focus'))
  if (event.key === 'o') links[at]?.click()
  if (event.key === 'x' || event.key === 'X') press(links[at], event.key === 'X')
  const step = STEPS[event.key]
  if (step === undefined) return
  event.preventDefault()
  links[Math.min(links.length - 1, Math.max(0, at + step))]?.focus()
}

/** Presses the box of a row, as the mouse would. */
function press(link: HTMLAnchorElement | undefined, shiftKey: boolean): void {
  const box = link?.closest('li')?.querySelector('input[type=checkbox]')
  box?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey }))
}
