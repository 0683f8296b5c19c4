/** Live updates: each change makes what shows it stale, and what is on screen is read again. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { inWorkspace } from './workspace.ts'

/** How the page hears of changes. */
export type LiveState = 'connecting' | 'live' | 'cut'

/** What shows a kind of thing, by its first word in the cache. */
const SHOWN_IN: Readonly<Record<string, readonly string[]>> = {
  issue: ['issues', 'dashboard'],
  analysis: ['issues'],
  decision: ['decisions', 'issues', 'dashboard'],
  approval: ['decisions', 'issues', 'dashboard'],
  ending: ['decisions', 'issues', 'dashboard'],
  execution: ['runs', 'actions', 'decisions', 'issues', 'dashboard'],
  verification: ['runs', 'actions', 'decisions', 'issues', 'dashboard'],
  lesson: ['issues', 'dashboard', 'lessons'],
  target: ['targets', 'dashboard'],
  halt: ['dashboard'],
  action: ['actions'],
  'standing-approval': ['grants'],
  'change-window': ['windows'],
  suppression: ['suppressions', 'dashboard'],
}
/** Changes that come together are read together, ms. */
const TOGETHER_MS = 150
/** A stream the browser has given up on is opened again after this, ms. */
const AGAIN_MS = 3_000

class Live {
  private readonly cache: QueryClient
  private readonly say: (state: LiveState) => void
  private readonly waiting = new Set<string>()
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private again: ReturnType<typeof setTimeout> | undefined
  /** The last number seen: a stream that is opened anew goes on from it. */
  private last: string | null = null

  constructor(cache: QueryClient, say: (state: LiveState) => void) {
    this.cache = cache
    this.say = say
  }

  open(): void {
    const after = this.last === null ? '' : `?after=${this.last}`
    const source = new EventSource(inWorkspace(`/api/events${after}`))
    this.source = source
    source.addEventListener('ready', (event: MessageEvent) => this.seen(event))
    source.addEventListener('reset', (event: MessageEvent) => {
      this.seen(event)
      void this.cache.invalidateQueries()
    })
    source.addEventListener('change', (event: MessageEvent<string>) => {
      this.seen(event)
      const { kind } = JSON.parse(event.data) as { readonly kind: string }
      for (const name of SHOWN_IN[kind] ?? []) this.waiting.add(name)
      this.waiting.add('audit')
      this.timer ??= setTimeout(() => this.flush(), TOGETHER_MS)
    })
    source.addEventListener('error', () => this.failed(source))
  }

  private seen(event: MessageEvent): void {
    this.last = event.lastEventId
    this.say('live')
  }

  private failed(source: EventSource): void {
    this.say('cut')
    if (source.readyState !== EventSource.CLOSED) return
    // Refused, not only cut: the session may have ended, and asking for it says so.
    source.close()
    void this.cache.invalidateQueries({ queryKey: ['session'] })
    this.again = setTimeout(() => this.open(), AGAIN_MS)
  }

  private flush(): void {
    this.timer = undefined
    for (const name of this.waiting) void this.cache.invalidateQueries({ queryKey: [name] })
    this.waiting.clear()
  }

  close(): void {
    clearTimeout(this.timer)
    clearTimeout(this.again)
    this.source?.close()
  }
}

/** Listens while it is mounted. */
export function useLive(): LiveState {
  const cache = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  useEffect(() => {
    const live = new Live(cache, setState)
    live.open()
    return () => live.close()
  }, [cache])
  return state
}
