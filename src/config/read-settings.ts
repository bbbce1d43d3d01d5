import { parseSettings, type Settings, SettingsError } from './settings.js';
import { settingsChecks } from './settings-checks.table.js';

/** The settings, or every reason not to start with them. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const { settings, faults } = parseSettings(environment);
  if (!settings) throw new SettingsError(faults);
  const unsafe = settings.NODE_ENV === 'production' ? unsafeIn(settings, environment) : [];
  if (unsafe.length > 0) throw new SettingsError(unsafe);
  return settings;
}

const unsafeIn = (settings: Settings, environment: NodeJS.ProcessEnv): string[] =>
  settingsChecks.flatMap(({ faults }) => faults(settings, environment)).filter((fault) => fault !== undefined);
