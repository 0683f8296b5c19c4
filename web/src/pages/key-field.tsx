/** Where the person's key comes from, and the passphrase that opens it in this browser. */
import { FileInput, PasswordInput } from '@mantine/core'
import { useState } from 'react'
import { ProblemNotice, Reading } from '../parts/notices.tsx'
import type { OwnKey } from '../session/own-key.ts'

/** The fields. A key made at the command line is chosen as its keyring file, which stays in this page. */
export function KeyField({
  ownKey,
  passphrase,
  change,
}: {
  readonly ownKey: OwnKey
  readonly passphrase: string
  readonly change: (passphrase: string) => void
}) {
  const [name, setName] = useState<File | null>(null)
  if (ownKey.state === 'reading') return <Reading />
  return (
    <>
      {ownKey.state === 'elsewhere' && (
        <FileInput
          label="Your keyring file"
          description={`The server does not keep your key. Its file is where you run dbmedic, by default ~/.config/dbmedic/keyring/${ownKey.userName}.json. It is read in this page and not sent.`}
          placeholder="Choose the file"
          accept="application/json,.json"
          required
          value={name}
          onChange={(file) => {
            setName(file)
            if (file !== null) ownKey.choose(file)
          }}
        />
      )}
      {ownKey.error !== null && <ProblemNotice error={ownKey.error} />}
      <PasswordInput
        label="Passphrase of your key"
        description="Opens your key in this browser to sign exactly this. It is not sent."
        autoComplete="off"
        required
        value={passphrase}
        onChange={(event) => change(event.currentTarget.value)}
      />
    </>
  )
}
