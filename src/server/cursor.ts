/** Cursors of lists: where the next page goes on, as one opaque word bound to the sorting it was made under. */
import { z } from 'zod'
import type { After, Page } from '../core/browse-port.ts'
import { DbmedicError } from '../core/errors.ts'

const content = z.strictObject({
  s: z.string().max(20),
  v: z.union([z.string().max(40), z.number()]),
  i: z.int().min(0),
})

/** How a list is sorted: a name, with a minus before it for descending. */
export interface Sorting<Name extends string> {
  readonly sort: Name
  readonly descending: boolean
}

/** `-opened` as a sorting. */
export function sortingOf<Name extends string>(text: Name | `-${Name}`): Sorting<Name> {
  const descending = text.startsWith('-')
  return { sort: (descending ? text.slice(1) : text) as Name, descending }
}

/** The cursor of the next page; null: there is none. */
export function cursorOf(after: After | null, sort: string): string | null {
  if (after === null) return null
  return Buffer.from(JSON.stringify({ s: sort, v: after.value, i: after.id })).toString('base64url')
}

/** Where a page goes on. @throws DbmedicError DBM_REQUEST_INVALID if the cursor was not made for this sorting. */
export function afterOf(cursor: string | undefined, sort: string): After | null {
  if (cursor === undefined) return null
  const parsed = content.safeParse(readJson(Buffer.from(cursor, 'base64url').toString('utf8')))
  if (!parsed.success || parsed.data.s !== sort)
    throw new DbmedicError('DBM_REQUEST_INVALID', {
      problem: 'the cursor is not one of a page with this sorting',
    })
  return { value: parsed.data.v, id: parsed.data.i }
}

/** A page as it is sent. */
export function sent<Row>(
  page: Page<Row>,
  sort: string,
): { readonly items: readonly Row[]; readonly next: string | null } {
  return { items: page.rows, next: cursorOf(page.next, sort) }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
