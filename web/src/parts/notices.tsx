/** What a page shows instead of content: nothing there yet, still reading, or a refusal. */
import { Alert, Button, Loader, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { ProblemError } from '../api/client.ts'

/** Nothing is there: what that means, and what to do next. */
export function EmptyState({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="empty-state">
      <Text fw={600}>{title}</Text>
      <Text size="sm" className="quiet" component="div">
        {children}
      </Text>
    </div>
  )
}

/** It is being read. */
export function Reading() {
  return (
    <div className="empty-state" role="status">
      <Loader size="sm" aria-hidden="true" />
      <Text size="sm" className="quiet">
        Reading …
      </Text>
    </div>
  )
}

/** What happened, why, how to go on. */
export function ProblemNotice({
  error,
  again,
}: {
  readonly error: Error
  readonly again?: (() => void) | undefined
}) {
  const problem = error instanceof ProblemError ? error.problem : null
  return (
    <Alert color="red" variant="outline" title={problem?.detail ?? error.message} role="alert">
      {problem !== null && (
        <Text size="sm" component="div">
          {problem.why} <strong>{problem.hint}</strong>
          {(problem.errors ?? []).map((each) => (
            <div key={each.path}>
              {each.path}: {each.message}
            </div>
          ))}
          <div className="quiet">
            {problem.code}
            {problem.requestId !== '' && `, request ${problem.requestId}`}
          </div>
        </Text>
      )}
      {again !== undefined && (
        <Button size="xs" mt="xs" variant="default" onClick={again}>
          Try again
        </Button>
      )}
    </Alert>
  )
}
