/** The frame of pages before sign-in. */
import { Paper, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'

/** A narrow page with the name of the product above it. */
export function EntryFrame({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · dbmedic`
  }, [title])
  return (
    <main className="entry">
      <Text className="brand" component="div">
        <img src="/icon.svg" alt="" width="28" height="28" /> dbmedic
      </Text>
      <Paper withBorder p="lg">
        <Title order={1} size="h2" mb="sm">
          {title}
        </Title>
        {children}
      </Paper>
      <Text size="sm" className="quiet">
        Heals databases, and never without a person’s consent.
      </Text>
    </main>
  )
}
