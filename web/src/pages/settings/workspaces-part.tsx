/** Workspaces of the installation: which there are, and another one. */
import { Button, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { workspacesQuery } from '../../api/around.ts'
import { write } from '../../api/client.ts'
import { sessionQuery } from '../../api/queries.ts'
import { ProblemNotice, Reading } from '../../parts/notices.tsx'
import { Part } from '../../parts/page.tsx'
import { useRights } from '../../session/rights.ts'

/** The part, for administrators of the first workspace. */
export function WorkspacesPart() {
  const { mayForAll } = useRights()
  return mayForAll('administer') ? <Listed /> : null
}

function Listed() {
  const { data, error, refetch } = useQuery(workspacesQuery)
  return (
    <Part title="Workspaces">
      <Text size="sm" mb="sm">
        People see and decide what is of their workspaces; a target is put into one by <code>workspace:</code>{' '}
        in dbmedic.yaml, for good.
      </Text>
      {error !== null && <ProblemNotice error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Reading />}
      <ul className="plain" aria-label="Workspaces there are">
        {(data ?? []).map(({ workspaceId, workspaceName }) => (
          <li key={workspaceId} className="line">
            <span className="break">{workspaceName}</span>
            <span className="quiet">number {workspaceId}</span>
          </li>
        ))}
      </ul>
      <NewWorkspace />
    </Part>
  )
}

function NewWorkspace() {
  const cache = useQueryClient()
  const [name, setName] = useState('')
  const add = useMutation({
    mutationFn: () => write('POST', '/api/workspaces', { workspaceName: name }),
    onSuccess: async () => {
      setName('')
      await cache.invalidateQueries({ queryKey: workspacesQuery.queryKey })
      // Who adds one administers it from now on.
      await cache.invalidateQueries({ queryKey: sessionQuery.queryKey })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <form onSubmit={submit} className="more" aria-label="Add a workspace">
      <div className="form-grid">
        <TextInput
          label="Name of a new workspace"
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <Button type="submit" variant="default" mt="sm" loading={add.isPending}>
        Add it
      </Button>
      <div role="status">
        {add.isSuccess && (
          <Text size="sm">Added. You administer it; choose it in the bar above to let others in.</Text>
        )}
      </div>
      {add.error !== null && <ProblemNotice error={add.error} />}
    </form>
  )
}
