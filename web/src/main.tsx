/** Where the page begins. */
import '@mantine/core/styles.css'
import '@mantine/spotlight/styles.css'
import 'virtual:theme-variables.css'
import './panel.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'

const place = document.getElementById('panel')
if (place === null) throw new Error('the page has no place for the panel')
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
