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
    whenPmsDown: 'request' | 'closed';
  };
  brand: {
    name: string | null;
    logoUrl: string | null;
    primaryColor: string;
    buttonColor: string;
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
    askReferrer: boolean;
    showInsurance: boolean;
  };
  messages: {
    senderName: string | null;
    replyTo: string | null;
    practiceNotificationEmails: string[];
    reminderHours: number[];
  };
}

export type SettingsSection = keyof PracticeSettings;
export type SettingsPatch = { [Section in SettingsSection]?: Partial<PracticeSettings[Section]> };

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
    whenPmsDown: 'request',
  },
  brand: {
    name: null,
    logoUrl: null,
    primaryColor: '#0f766e',
    buttonColor: '#0f766e',
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
    askReferrer: true,
    showInsurance: true,
  },
  messages: { senderName: null, replyTo: null, practiceNotificationEmails: [], reminderHours: [72, 24] },
};

/** The layers laid over each other, lowest first; each section is merged member by member. */
export function layered(...layers: SettingsPatch[]): PracticeSettings {
  const merge = (section: SettingsSection) =>
    Object.assign({}, DEFAULT_SETTINGS[section], ...layers.map((layer) => layer[section] ?? {})) as object;
  return Object.fromEntries(SECTIONS.map((section) => [section, merge(section)])) as unknown as PracticeSettings;
}
