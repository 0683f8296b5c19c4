/** Exact text with a button that copies it, where the browser lets pages do that. */
import { Button, CopyButton } from '@mantine/core'
import { Exact } from './exact.tsx'

/** The text. `label` says what it is: it is also what the button is called. */
export function Copyable({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div>
      <Exact text={text} label={label} />
      {window.isSecureContext && (
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy} aria-label={`Copy: ${label}`}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      )}
    </div>
  )
}
