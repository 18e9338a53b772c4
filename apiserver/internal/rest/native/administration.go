package native

// declareAdministration declares what administrators keep.
func (a *API) declareAdministration() {
	a.declarePassword()
	a.declareMembers()
	a.declareTenants()
	a.declareQueues()
	a.declareUsers()
	a.declareTokens()
	a.declareWorkerGroups()
	a.declareEnvironments()
	a.declareCalendars()
	a.declareTaskGroups()
	a.declareAlertGroups()
	a.declareAlertChannels()
	a.declareDeliveries()
	a.declareDataSources()
	a.declareFiles()
	a.declareFileContents()
	a.declareUDFs()
	a.declareAudit()
	a.declareRetention()
}
