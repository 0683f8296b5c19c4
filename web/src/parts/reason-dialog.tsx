/** A dialog that asks why, for the record, and then changes the pipeline. */
import { Button, Stack, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Dialog } from './dialog.tsx'
import { ProblemNotice } from './notices.tsx'

interface ReasonDialogOf {
  readonly title: string
  /** On the button. */
  readonly name: string
  readonly colour?: string
  readonly send: (reason: string) => Promise<unknown>
  readonly possible?: boolean
  readonly close: () => void
  readonly children: ReactNode
}

/** The dialog. It closes when what was asked for is done. */
export function ReasonDialog({
  title,
  name,
  send,
  possible = true,
  close,
  colour = 'teal',
  children,
}: ReasonDialogOf) {
  const cache = useQueryClient()
  const [reason, setReason] = useState('')
  const ask = useMutation({
    mutationFn: () => send(reason.trim()),
    onSuccess: close,
    onSettled: () => {
      for (const part of ['decisions', 'issues', 'dashboard', 'suppressions'])
        void cache.invalidateQueries({ queryKey: [part] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    ask.mutate()
  }
  return (
    <Dialog title={title} onClose={close}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {children}
          <Textarea
            label="Reason"
            description="Kept on the record."
            required
            data-autofocus
            autosize
            minRows={2}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {ask.error !== null && <ProblemNotice error={ask.error} />}
          <Button
            type="submit"
            color={colour}
            loading={ask.isPending}
            disabled={!possible || reason.trim() === ''}
          >
            {name}
          </Button>
          <Button variant="default" onClick={close}>
            Leave it as it is
          </Button>
        </Stack>
      </form>
    </Dialog>
  )
}
