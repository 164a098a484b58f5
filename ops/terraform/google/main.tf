# The dataset. Table and views are made by `sluice setup`, or by a worker: their columns come from the program.

locals {
  apis     = var.enable_apis ? toset(["bigquery.googleapis.com", "bigquerystorage.googleapis.com"]) : toset([])
  accounts = toset(["worker", "server"])
  members  = { for who, account in google_service_account.sluice : who => "serviceAccount:${account.email}" }
}

resource "google_project_service" "bigquery" {
  for_each = local.apis

  project            = var.project
  service            = each.key
  disable_on_destroy = false
}

resource "google_bigquery_dataset" "log" {
  project               = var.project
  dataset_id            = var.dataset
  location              = var.location
  description           = "Delivery log of Sluice"
  max_time_travel_hours = var.time_travel_hours

  # The log is the record of who got what: it is not deleted with the configuration.
  delete_contents_on_destroy = false

  depends_on = [google_project_service.bigquery]
}

resource "google_service_account" "sluice" {
  for_each = local.accounts

  project      = var.project
  account_id   = "${var.name}-${each.key}"
  display_name = "Sluice ${each.key}"
}

# Workers write the log, and stage audiences beside it.
resource "google_bigquery_dataset_iam_member" "worker" {
  project    = var.project
  dataset_id = google_bigquery_dataset.log.dataset_id
  role       = var.worker_role
  member     = local.members["worker"]
}

# The server reads the log: reports, audits, one recipient's story.
resource "google_bigquery_dataset_iam_member" "reader" {
  for_each = toset(concat(["server"], var.readers))

  project    = var.project
  dataset_id = google_bigquery_dataset.log.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.key == "server" ? local.members["server"] : each.key
}

# Whoever asks a query runs a job: audiences, reports, audits.
resource "google_project_iam_member" "jobs" {
  for_each = toset(concat(["worker", "server"], var.readers))

  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = lookup(local.members, each.key, each.key)
}

# Both: the server asks by a dry run what the query of an audience would cost.
resource "google_bigquery_dataset_iam_member" "audience" {
  for_each = {
    for pair in setproduct(local.accounts, var.audience_datasets) :
    "${pair[0]} ${pair[1].project}.${pair[1].dataset}" => { who = pair[0], place = pair[1] }
  }

  project    = each.value.place.project
  dataset_id = each.value.place.dataset
  role       = "roles/bigquery.dataViewer"
  member     = local.members[each.value.who]
}

resource "google_service_account_iam_member" "impersonator" {
  for_each = merge([
    for who, members in var.impersonators : { for member in members : "${who} ${member}" => { who = who, member = member } }
  ]...)

  service_account_id = google_service_account.sluice[each.value.who].name
  role               = "roles/iam.workloadIdentityUser"
  member             = each.value.member
}
