/** A field that searches while one types: what stands in the address follows once nothing more is typed. */
import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'

/** So long nothing more is typed, ms. */
const LATER_MS = 300

/** What the field shows, and what it does with each change. */
export interface Typed {
  readonly text: string
  /** @param value what it counts as in the address; null: it does not count, such as a name typed half. Default: trimmed. */
  type(text: string, value?: string | null): void
}

/**
 * @param value what stands in the address; where that changes by itself (a link, going back) the field follows
 * @param set puts a value there; not called for one that is there already
 * @param shown a value as the field shows it
 */
export function useTyped(
  value: string,
  set: (value: string) => void,
  shown: (value: string) => string = (each) => each,
): Typed {
  const [text, setText] = useState(() => shown(value))
  const counted = useRef(value)
  const seen = useRef(value)
  const later = useDebouncedCallback((next: string) => {
    if (next === counted.current) return
    counted.current = next
    set(next)
  }, LATER_MS)
  useEffect(() => {
    // Between a change typed here and the address that follows it, the address is older than the field.
    if (value === seen.current) return
    seen.current = value
    if (value === counted.current) return
    later.cancel()
    counted.current = value
    setText(shown(value))
  }, [value, shown, later])
  return {
    text,
    type: (next, counts = next.trim()) => {
      setText(next)
      if (counts === null) later.cancel()
      else later(counts)
    },
  }
}
