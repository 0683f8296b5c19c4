/** What a session and the process of its connection say to each other. */
import type { Json } from '../../../core/canonical.ts'
import type { Reading } from '../../../core/observer.ts'

/** Asked for, by number. */
export type Order = { readonly id: number } & (
  | { readonly is: 'ask'; readonly kind: string; readonly params: Json }
  | { readonly is: 'check'; readonly kind: string; readonly params: Json; readonly equals: Json }
  | { readonly is: 'run'; readonly text: string }
  | { readonly is: 'roll back' }
)

/** What came of it. */
export type Reply =
  | { readonly is: 'ready' }
  | { readonly is: 'answer'; readonly reading: Reading<unknown> }
  | { readonly is: 'checked'; readonly because: string | null }
  | { readonly is: 'done'; readonly affectedRows: number | null }
  | { readonly is: 'failed'; readonly code: string; readonly because: string }
