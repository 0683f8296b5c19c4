/** Several issues of the queue at once: which are selected, dismissing or suppressing them with one reason, and what came of each. */
import { Button, Checkbox, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Dismissed, Issue, Suppressed } from '../../../src/server/api-types.ts'
import { write } from '../api/client.ts'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { SuppressButton, SuppressedResults } from './suppress.tsx'

/** As many as the server takes at once. */
const ISSUES_MOST = 100

/** What is selected of what is shown. */
export interface Triage {
  /** In the order they are shown. */
  readonly selected: readonly number[]
  readonly shown: readonly number[]
  /** The issues of `selected`. */
  readonly issues: readonly Issue[]
  isSelected(issueId: number): boolean
  /** Presses a box. @param upTo also those between it and the one pressed before. */
  press(issueId: number, upTo: boolean): void
  selectAll(all: boolean): void
}

/** The selection. Rows that are not shown any more are not selected any more. */
export function useTriage(issues: readonly Issue[]): Triage {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const [last, setLast] = useState<number | null>(null)
  const shown = issues.map(({ issueId }) => issueId)
  const between = (issueId: number): readonly number[] => {
    const [from, to] = [shown.indexOf(last ?? issueId), shown.indexOf(issueId)]
    return from < 0 ? [issueId] : shown.slice(Math.min(from, to), Math.max(from, to) + 1)
  }
  return {
    shown,
    selected: shown.filter((each) => chosen.has(each)),
    issues: issues.filter(({ issueId }) => chosen.has(issueId)),
    isSelected: (issueId) => chosen.has(issueId),
    press: (issueId, upTo) => {
      const next = new Set(chosen)
      const isOn = !chosen.has(issueId)
      for (const each of upTo ? between(issueId) : [issueId]) {
        if (isOn) next.add(each)
        else next.delete(each)
      }
      setChosen(next)
      setLast(issueId)
    },
    selectAll: (all) => setChosen(new Set(all ? shown : [])),
  }
}

/** The box of one row. */
export function TriageBox({ issueId, triage }: { readonly issueId: number; readonly triage: Triage }) {
  return (
    <Checkbox
      size="md"
      aria-label={`Select issue ${issueId}`}
      checked={triage.isSelected(issueId)}
      onChange={({ nativeEvent }) =>
        triage.press(issueId, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
      }
    />
  )
}

/** All of them, how many, and what can be done with them. */
export function TriageBar({ triage }: { readonly triage: Triage }) {
  const { selected, shown } = triage
  const [isOpen, setOpen] = useState(false)
  const [results, setResults] = useState<readonly Dismissed[]>([])
  const [silent, setSilent] = useState<readonly Suppressed[]>([])
  const dismiss = async (reason: string): Promise<void> => {
    const { items } = await write<{ readonly items: readonly Dismissed[] }>(
      'POST',
      '/api/issues/dismissals',
      { issueIds: selected, reason },
    )
    setResults(items)
    setSilent([])
    triage.selectAll(false)
  }
  // They stay selected: what is open stays open, and may be dismissed next.
  const suppressed = (items: readonly Suppressed[]): void => {
    setSilent(items)
    setResults([])
  }
  const isAll = shown.length > 0 && selected.length === shown.length
  const tooMany = selected.length > ISSUES_MOST
  return (
    <>
      {shown.length > 0 && (
        <div className="triage">
          <Checkbox
            size="md"
            label={selected.length === 0 ? 'Select all that are shown' : `${selected.length} selected`}
            checked={isAll}
            indeterminate={!isAll && selected.length > 0}
            onChange={() => triage.selectAll(!isAll)}
          />
          {selected.length > 0 && (
            <Button size="compact-sm" variant="default" disabled={tooMany} onClick={() => setOpen(true)}>
              Dismiss …
            </Button>
          )}
          {selected.length > 0 && (
            <SuppressButton issues={triage.issues} disabled={tooMany} done={suppressed} />
          )}
          {tooMany && (
            <Text size="sm" role="status">
              At most {ISSUES_MOST} at once.
            </Text>
          )}
        </div>
      )}
      <div role="status">
        {results.length > 0 && <Results of={results} />}
        {silent.length > 0 && <SuppressedResults of={silent} />}
      </div>
      {isOpen && <DismissDialog count={selected.length} send={dismiss} close={() => setOpen(false)} />}
    </>
  )
}

function DismissDialog({
  count,
  send,
  close,
}: {
  readonly count: number
  readonly send: (reason: string) => Promise<void>
  readonly close: () => void
}) {
  const isOne = count === 1
  return (
    <ReasonDialog
      title={isOne ? 'Dismiss this issue' : `Dismiss ${count} issues`}
      name={isOne ? 'Dismiss it' : 'Dismiss them'}
      colour="red"
      send={send}
      close={close}
    >
      <Text size="sm">
        Nothing is done about {isOne ? 'it' : 'them'}: a plan that waits is cancelled, what waits without one
        is closed. Each is on the record by itself, with this reason. What goes on opens a new issue, unless
        it is suppressed.
      </Text>
    </ReasonDialog>
  )
}

const countOf = (results: readonly Dismissed[], act: Dismissed['act']): number =>
  results.filter((each) => each.act === act).length

/** What came of each: figures for what was done, a line for each that was not. */
function Results({ of }: { readonly of: readonly Dismissed[] }) {
  const counts: readonly (readonly [number, string])[] = [
    [countOf(of, 'cancel'), 'cancelled with the decision'],
    [countOf(of, 'close'), 'closed'],
    [countOf(of, 'ask-close'), 'asked to be closed'],
    [countOf(of, null), 'not dismissed'],
  ]
  const failed = of.filter((each) => each.problem !== null)
  return (
    <div className={failed.length === 0 ? 'call' : 'call call-warning'}>
      {counts
        .filter(([count]) => count > 0)
        .map(([count, words]) => `${count} ${words}`)
        .join(', ')}
      .
      {failed.length > 0 && (
        <ul>
          {failed.map(({ issueId, problem }) => (
            <li key={issueId}>
              <Link to="/issues/$issueId" params={{ issueId: String(issueId) }}>
                Issue {issueId}
              </Link>
              : {problem?.detail}. {problem?.hint}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
