/** Where the dashboard begins in the browser. */
import { render } from 'preact';
import { App } from './shell/app.tsx';
import { followLinksHere } from './shell/location.ts';
import { applyLanguage, applyScheme, storedLanguage, storedScheme } from './shell/settings.ts';
import './style/base.css';
import './style/layout.css';
import './style/components.css';
import './style/pages.css';
import './style/statistics.css';
import './style/templates.css';
import './style/things.css';
import './style/content.css';

applyScheme(storedScheme());
applyLanguage(storedLanguage());
followLinksHere();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
