/** What is said when. Variables are those of `Facts`; Handlebars escapes them in HTML. */
export const TEMPLATES = {
  booked: {
    subject: 'Your visit at {{practice_name}}: {{apt_date}}, {{start_time}}',
    heading: 'Your visit is booked',
    body: 'Hello {{patient_name}}, we look forward to seeing you for {{reason_name}} with {{provider_name}}.',
    sms: '{{practice_name}}: your visit is booked for {{apt_date}}, {{start_time}}. Details: {{manage_link}}',
  },
  requested: {
    subject: 'We have your request for {{apt_date}}, {{start_time}}',
    heading: 'We have your request',
    body: 'Hello {{patient_name}}, thank you. {{practice_name}} keeps this time for you and will answer soon.',
    sms: '{{practice_name}}: we have your request for {{apt_date}}, {{start_time}} and will answer soon.',
  },
  declined: {
    subject: 'Your request at {{practice_name}}',
    heading: 'We cannot take this time',
    body: 'Hello {{patient_name}}, we are sorry: this time does not work for us. Please choose another one or call {{practice_phone}}.',
    sms: '{{practice_name}}: sorry, {{apt_date}}, {{start_time}} does not work for us. Please call {{practice_phone}}.',
  },
  rescheduled: {
    subject: 'Your visit has moved to {{apt_date}}, {{start_time}}',
    heading: 'Your visit has moved',
    body: 'Hello {{patient_name}}, your visit for {{reason_name}} with {{provider_name}} has a new time.',
    sms: '{{practice_name}}: your visit has moved to {{apt_date}}, {{start_time}}. Details: {{manage_link}}',
  },
  cancelled: {
    subject: 'Your visit on {{apt_date}} is cancelled',
    heading: 'Your visit is cancelled',
    body: 'Hello {{patient_name}}, your visit for {{reason_name}} is cancelled. We are glad to find you another time.',
    sms: '{{practice_name}}: your visit on {{apt_date}}, {{start_time}} is cancelled.',
  },
  practice_notification: {
    subject: '{{event_words}}: {{apt_date}}, {{start_time}}, {{provider_name}}',
    heading: '{{event_words}}',
    body: '{{reason_name}} with {{provider_name}}, {{patient_type}} patient. The details are in your appointment list.',
    sms: '',
  },
} as const;

export type TemplateKey = keyof typeof TEMPLATES;

/** Everything a template may name. */
export interface Facts {
  patient_name: string;
  patient_type: string;
  apt_date: string;
  start_time: string;
  practice_name: string;
  practice_phone: string;
  provider_name: string;
  reason_name: string;
  location_name: string;
  location_address: string;
  manage_link: string;
  event_words: string;
}
