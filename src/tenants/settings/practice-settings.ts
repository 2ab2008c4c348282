import { isDeepStrictEqual } from 'node:util';

/** How a practice works, section by section. Platform default → agency → practice: the nearest one that says something wins. */
export interface PracticeSettings {
  scheduling: {
    confirmMode: 'instant' | 'request';
    holdMinutes: number;
    minNoticeMinutes: number;
    maxDaysAhead: number;
    stepMinutes: number;
    /** Wall time `HH:mm` from which nothing more is offered for the same day; `24:00`: no such time. */
    sameDayCutoff: string;
    /** Starts that leave a provider less free time than this are avoided. */
    minGapMinutes: number;
    /** How "any provider" becomes one. */
    assignment: 'priority' | 'least_busy' | 'round_robin';
    /** Hours before the visit until which patients may cancel or move it by themselves. */
    cancelWindowHours: number;
    rescheduleWindowHours: number;
    requestExpiryHours: number;
    /** Visits to come, requests included, that one patient may have when booking online; staff is not bound. */
    maxUpcomingVisits: number;
    whenPmsDown: 'request' | 'closed';
    /** Time that gets free is offered to waiting patients by itself; else staff offer it. */
    waitlistAutoOffer: boolean;
    /** How long a waiting patient may think about an offer; shorter when the visit is near. */
    waitlistOfferMinutes: number;
  };
  brand: {
    name: string | null;
    logoUrl: string | null;
    primaryColor: string;
    buttonColor: string;
    textColor: string;
    backgroundColor: string;
    theme: 'light' | 'dark' | 'auto';
    phone: string | null;
    email: string | null;
    displayAddress: string | null;
    details: string | null;
  };
  widget: {
    title: string | null;
    welcomeText: string | null;
    successText: string | null;
    redirectUrl: string | null;
    buttonText: string | null;
    formLinks: { label: string; url: string }[];
    privacyUrl: string | null;
    termsUrl: string | null;
    askReferrer: boolean;
    showInsurance: boolean;
  };
  messages: {
    senderName: string | null;
    replyTo: string | null;
    practiceNotificationEmails: string[];
    reminderHours: number[];
    /** Wall times of the location between which nobody is written to; the same twice: no quiet hours. */
    quietFrom: string;
    quietUntil: string;
  };
}

export type SettingsSection = keyof PracticeSettings;
export type SettingsPatch = { [Section in SettingsSection]?: Partial<PracticeSettings[Section]> };

/** A change of one level: what is left out stays, null takes the level's own value away, so that the inherited one holds. */
export type SettingsChange = {
  [Section in SettingsSection]?: {
    [Field in keyof PracticeSettings[Section]]?: PracticeSettings[Section][Field] | null;
  };
};

export const LEVELS = ['platform', 'agency', 'practice'] as const;
export type SettingsLevel = (typeof LEVELS)[number];
/** For each field the level that its value comes from. */
export type SettingsSources = {
  [Section in SettingsSection]: Record<keyof PracticeSettings[Section], SettingsLevel>;
};

export const SECTIONS = ['scheduling', 'brand', 'widget', 'messages'] as const satisfies SettingsSection[];

export const DEFAULT_SETTINGS: PracticeSettings = {
  scheduling: {
    confirmMode: 'instant',
    holdMinutes: 10,
    minNoticeMinutes: 120,
    maxDaysAhead: 180,
    stepMinutes: 15,
    sameDayCutoff: '24:00',
    minGapMinutes: 0,
    assignment: 'priority',
    cancelWindowHours: 24,
    rescheduleWindowHours: 24,
    requestExpiryHours: 48,
    maxUpcomingVisits: 12,
    whenPmsDown: 'request',
    waitlistAutoOffer: true,
    waitlistOfferMinutes: 30,
  },
  brand: {
    name: null,
    logoUrl: null,
    primaryColor: '#0f766e',
    buttonColor: '#0f766e',
    textColor: '#0f172a',
    backgroundColor: '#ffffff',
    theme: 'light',
    phone: null,
    email: null,
    displayAddress: null,
    details: null,
  },
  widget: {
    title: null,
    welcomeText: null,
    successText: null,
    redirectUrl: null,
    buttonText: null,
    formLinks: [],
    privacyUrl: null,
    termsUrl: null,
    askReferrer: true,
    showInsurance: true,
  },
  messages: {
    senderName: null,
    replyTo: null,
    practiceNotificationEmails: [],
    reminderHours: [72, 24],
    quietFrom: '21:00',
    quietUntil: '08:00',
  },
};

/** The layers laid over each other, lowest first; each section is merged member by member. */
export function layered(...layers: SettingsPatch[]): PracticeSettings {
  return bySection((section) =>
    Object.assign({}, DEFAULT_SETTINGS[section], ...layers.map((one) => one[section] ?? {})),
  );
}

/** Where each value of `layered(agency, practice)` comes from. */
export function sourcesOf(agency: SettingsPatch, practice: SettingsPatch = {}): SettingsSources {
  return bySection((section) => {
    const level = (field: string): SettingsLevel =>
      field in (practice[section] ?? {}) ? 'practice' : field in (agency[section] ?? {}) ? 'agency' : 'platform';
    return Object.fromEntries(Object.keys(DEFAULT_SETTINGS[section]).map((field) => [field, level(field)]));
  });
}

/** One level's own values after a change, and the sections in which something is not as it was. */
export function changed(
  own: SettingsPatch,
  change: SettingsChange,
): { settings: SettingsPatch; sections: SettingsSection[] } {
  const sections: SettingsSection[] = [];
  const settings = bySection<Record<SettingsSection, Record<string, unknown>>>((section) => {
    const before = (own[section] ?? {}) as Record<string, unknown>;
    const after = { ...before };
    for (const [field, value] of Object.entries(change[section] ?? {})) {
      if (value === null) delete after[field];
      // Plain data, as the database gives it back: else equal values would not be equal.
      else if (value !== undefined) after[field] = JSON.parse(JSON.stringify(value));
    }
    if (!isDeepStrictEqual(before, after)) sections.push(section);
    return after;
  });
  return { settings: settings as SettingsPatch, sections };
}

function bySection<T>(make: (section: SettingsSection) => object): T {
  return Object.fromEntries(SECTIONS.map((section) => [section, make(section)])) as T;
}
